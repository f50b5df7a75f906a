-- MySQL dump 10.13  Distrib 8.0.39, for Linux (x86_64)
--
-- Host: localhost    Database: big_market
-- ------------------------------------------------------
-- Server version	8.0.39

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;

--
-- Table structure for table `award`
--

DROP TABLE IF EXISTS `award`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `award` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `award_id` int NOT NULL COMMENT 'award',
  `award_key` varchar(32) NOT NULL COMMENT 'how it is delivered; one strategy each',
  `award_config` varchar(32) NOT NULL COMMENT 'its config',
  `award_desc` varchar(128) NOT NULL COMMENT 'for people',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_award_id` (`award_id`)
) ENGINE=InnoDB AUTO_INCREMENT=11 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='award';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `award`
--

LOCK TABLES `award` WRITE;
/*!40000 ALTER TABLE `award` DISABLE KEYS */;
INSERT INTO `award` VALUES 
(1,100,'user_credit_blacklist','1','what user_credit_blacklist gives','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(2,101,'user_credit_random','1,100','what user_credit_random gives','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(3,102,'openai_use_count','5','what openai_use_count gives','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(4,103,'openai_use_count','10','what openai_use_count gives','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(5,104,'openai_use_count','20','what openai_use_count gives','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(6,105,'openai_model','gpt-4','what openai_model gives','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(7,106,'openai_model','dall-e-2','what openai_model gives','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(8,107,'openai_model','dall-e-3','what openai_model gives','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(9,108,'openai_use_count','100','what openai_use_count gives','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(10,109,'openai_model','gpt-4,dall-e-2,dall-e-3','what openai_model gives','2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `award` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `daily_behavior_rebate`
--

DROP TABLE IF EXISTS `daily_behavior_rebate`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `daily_behavior_rebate` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `behavior_type` varchar(16) NOT NULL COMMENT 'sign, openai_pay',
  `rebate_desc` varchar(128) NOT NULL COMMENT 'for people',
  `rebate_type` varchar(16) NOT NULL COMMENT 'sku, integral',
  `rebate_config` varchar(32) NOT NULL COMMENT 'its config',
  `state` varchar(12) NOT NULL COMMENT 'open, close',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`),
  KEY `idx_behavior_type` (`behavior_type`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='daily behavior rebate';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `daily_behavior_rebate`
--

LOCK TABLES `daily_behavior_rebate` WRITE;
/*!40000 ALTER TABLE `daily_behavior_rebate` DISABLE KEYS */;
INSERT INTO `daily_behavior_rebate` VALUES 
(1,'sign','it\'s for signing in','sku','9014','open','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(2,'sign','it\'s for signing in','integral','10','open','2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `daily_behavior_rebate` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `raffle_activity`
--

DROP TABLE IF EXISTS `raffle_activity`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `raffle_activity` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `activity_id` bigint NOT NULL COMMENT 'activity',
  `activity_name` varchar(64) NOT NULL COMMENT 'its name',
  `activity_desc` varchar(128) NOT NULL COMMENT 'for people',
  `begin_date_time` datetime NOT NULL COMMENT 'begins',
  `end_date_time` datetime NOT NULL COMMENT 'ends',
  `strategy_id` bigint NOT NULL COMMENT 'strategy',
  `state` varchar(8) NOT NULL DEFAULT 'create' COMMENT 'state',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_activity_id` (`activity_id`),
  UNIQUE KEY `uq_strategy_id` (`strategy_id`),
  KEY `idx_begin_date_time` (`begin_date_time`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='raffle activity';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `raffle_activity`
--

LOCK TABLES `raffle_activity` WRITE;
/*!40000 ALTER TABLE `raffle_activity` DISABLE KEYS */;
INSERT INTO `raffle_activity` VALUES 
(1,100301,'Sample activity','Sample activity','2024-03-09 10:15:10','2034-03-09 10:15:10',100006,'open','2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `raffle_activity` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `raffle_activity_count`
--

DROP TABLE IF EXISTS `raffle_activity_count`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `raffle_activity_count` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `activity_count_id` bigint NOT NULL COMMENT 'chances',
  `total_count` int NOT NULL COMMENT 'in all',
  `day_count` int NOT NULL COMMENT 'a day',
  `month_count` int NOT NULL COMMENT 'a month',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_activity_count_id` (`activity_count_id`)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='raffle activity count';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `raffle_activity_count`
--

LOCK TABLES `raffle_activity_count` WRITE;
/*!40000 ALTER TABLE `raffle_activity_count` DISABLE KEYS */;
INSERT INTO `raffle_activity_count` VALUES 
(1,11101,150,150,150,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(2,11102,50,50,50,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(3,11103,5,5,5,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(4,11104,1,1,1,'2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `raffle_activity_count` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `raffle_activity_sku`
--

DROP TABLE IF EXISTS `raffle_activity_sku`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `raffle_activity_sku` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `sku` bigint NOT NULL COMMENT 'pack',
  `activity_id` bigint NOT NULL COMMENT 'activity',
  `activity_count_id` bigint NOT NULL COMMENT 'chances',
  `stock_count` int NOT NULL COMMENT 'packs',
  `stock_count_surplus` int NOT NULL COMMENT 'packs that are left',
  `product_amount` decimal(10,2) NOT NULL COMMENT 'points',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_sku` (`sku`),
  KEY `idx_activity_id_activity_count_id` (`activity_id`,`activity_count_id`)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='raffle activity sku';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `raffle_activity_sku`
--

LOCK TABLES `raffle_activity_sku` WRITE;
/*!40000 ALTER TABLE `raffle_activity_sku` DISABLE KEYS */;
INSERT INTO `raffle_activity_sku` VALUES 
(1,9011,100301,11101,100000,100000,200.00,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(2,9012,100301,11102,100000,100000,100.00,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(3,9013,100301,11103,100000,100000,20.00,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(4,9014,100301,11104,100000,100000,5.00,'2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `raffle_activity_sku` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `rule_tree`
--

DROP TABLE IF EXISTS `rule_tree`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `rule_tree` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `tree_id` varchar(32) NOT NULL COMMENT 'tree',
  `tree_name` varchar(64) NOT NULL COMMENT 'its name',
  `tree_desc` varchar(128) DEFAULT NULL COMMENT 'for people',
  `tree_node_rule_key` varchar(32) NOT NULL COMMENT 'root',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_tree_id` (`tree_id`)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='rule tree';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `rule_tree`
--

LOCK TABLES `rule_tree` WRITE;
/*!40000 ALTER TABLE `rule_tree` DISABLE KEYS */;
INSERT INTO `rule_tree` VALUES 
(1,'tree_luck_award','tree','tree','rule_stock','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(2,'tree_lock_1','tree','tree','rule_lock','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(3,'tree_lock_2','tree','tree','rule_lock','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(4,'tree_lock_3','tree','tree','rule_lock','2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `rule_tree` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `rule_tree_node`
--

DROP TABLE IF EXISTS `rule_tree_node`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `rule_tree_node` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `tree_id` varchar(32) NOT NULL COMMENT 'tree',
  `rule_key` varchar(32) NOT NULL COMMENT 'rule',
  `rule_desc` varchar(64) NOT NULL COMMENT 'for people',
  `rule_value` varchar(128) DEFAULT NULL COMMENT 'its value',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=12 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='rule tree node';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `rule_tree_node`
--

LOCK TABLES `rule_tree_node` WRITE;
/*!40000 ALTER TABLE `rule_tree_node` DISABLE KEYS */;
INSERT INTO `rule_tree_node` VALUES 
(1,'tree_luck_award','rule_stock','rule',NULL,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(2,'tree_luck_award','rule_luck_award','rule','101:1,100','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(3,'tree_lock_1','rule_lock','rule','1','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(4,'tree_lock_1','rule_stock','rule',NULL,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(5,'tree_lock_1','rule_luck_award','rule','101:1,100','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(6,'tree_lock_2','rule_lock','rule','2','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(7,'tree_lock_2','rule_stock','rule',NULL,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(8,'tree_lock_2','rule_luck_award','rule','101:1,100','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(9,'tree_lock_3','rule_lock','rule','3','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(10,'tree_lock_3','rule_stock','rule',NULL,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(11,'tree_lock_3','rule_luck_award','rule','101:1,100','2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `rule_tree_node` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `rule_tree_node_line`
--

DROP TABLE IF EXISTS `rule_tree_node_line`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `rule_tree_node_line` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `tree_id` varchar(32) NOT NULL COMMENT 'tree',
  `rule_node_from` varchar(32) NOT NULL COMMENT 'from',
  `rule_node_to` varchar(32) NOT NULL COMMENT 'to',
  `rule_limit_type` varchar(8) NOT NULL COMMENT '1:=;2:>;3:<;4:>=;5<=;6:enum;',
  `rule_limit_value` varchar(32) NOT NULL COMMENT 'what the rule says',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=11 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='rule tree node line';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `rule_tree_node_line`
--

LOCK TABLES `rule_tree_node_line` WRITE;
/*!40000 ALTER TABLE `rule_tree_node_line` DISABLE KEYS */;
INSERT INTO `rule_tree_node_line` VALUES 
(1,'tree_luck_award','rule_stock','rule_luck_award','EQUAL','ALLOW','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(2,'tree_lock_1','rule_lock','rule_stock','EQUAL','ALLOW','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(3,'tree_lock_1','rule_lock','rule_luck_award','EQUAL','TAKE_OVER','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(4,'tree_lock_1','rule_stock','rule_luck_award','EQUAL','ALLOW','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(5,'tree_lock_2','rule_lock','rule_stock','EQUAL','ALLOW','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(6,'tree_lock_2','rule_lock','rule_luck_award','EQUAL','TAKE_OVER','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(7,'tree_lock_2','rule_stock','rule_luck_award','EQUAL','ALLOW','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(8,'tree_lock_3','rule_lock','rule_luck_award','EQUAL','ALLOW','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(9,'tree_lock_3','rule_lock','rule_luck_award','EQUAL','TAKE_OVER','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(10,'tree_lock_3','rule_stock','rule_luck_award','EQUAL','ALLOW','2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `rule_tree_node_line` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `strategy`
--

DROP TABLE IF EXISTS `strategy`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `strategy` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `strategy_id` bigint NOT NULL COMMENT 'strategy',
  `strategy_desc` varchar(128) NOT NULL COMMENT 'for people',
  `rule_models` varchar(256) DEFAULT NULL COMMENT 'rules that it runs',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`),
  KEY `idx_strategy_id` (`strategy_id`)
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='strategy';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `strategy`
--

LOCK TABLES `strategy` WRITE;
/*!40000 ALTER TABLE `strategy` DISABLE KEYS */;
INSERT INTO `strategy` VALUES 
(1,100001,'Sample strategy 100001','rule_blacklist,rule_weight','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(2,100002,'Sample strategy 100002',NULL,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(3,100006,'Sample strategy 100006','rule_blacklist,rule_weight','2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `strategy` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `strategy_award`
--

DROP TABLE IF EXISTS `strategy_award`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `strategy_award` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `strategy_id` bigint NOT NULL COMMENT 'strategy',
  `award_id` int NOT NULL COMMENT 'award',
  `award_title` varchar(128) NOT NULL COMMENT 'its title',
  `award_subtitle` varchar(128) DEFAULT NULL COMMENT 'for people',
  `award_count` int NOT NULL DEFAULT '0' COMMENT 'units',
  `award_count_surplus` int NOT NULL DEFAULT '0' COMMENT 'units that are left',
  `award_rate` decimal(6,4) NOT NULL COMMENT 'its rate',
  `rule_models` varchar(256) DEFAULT NULL COMMENT 'its tree',
  `sort` int NOT NULL DEFAULT '0' COMMENT 'place among the others',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`),
  KEY `idx_strategy_id_award_id` (`strategy_id`,`award_id`)
) ENGINE=InnoDB AUTO_INCREMENT=21 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='strategy award';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `strategy_award`
--

LOCK TABLES `strategy_award` WRITE;
/*!40000 ALTER TABLE `strategy_award` DISABLE KEYS */;
INSERT INTO `strategy_award` VALUES 
(1,100001,101,'Random points',NULL,80000,80000,0.3000,'tree_luck_award',1,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(2,100001,102,'5 uses',NULL,10000,10000,0.2000,'tree_luck_award',2,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(3,100001,103,'10 uses',NULL,5000,5000,0.2000,'tree_luck_award',3,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(4,100001,104,'20 uses',NULL,4000,4000,0.1000,'tree_luck_award',4,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(5,100001,105,'Large language model',NULL,600,600,0.1000,'tree_luck_award',5,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(6,100001,106,'Image model, standard',NULL,200,200,0.0500,'tree_luck_award',6,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(7,100001,107,'Image model, better',NULL,200,200,0.0400,'tree_luck_award',7,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(8,100001,108,'100 uses',NULL,199,199,0.0099,'tree_luck_award',8,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(9,100001,109,'All models',NULL,1,1,0.0001,'tree_luck_award',9,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(10,100002,101,'Random points',NULL,1,1,0.5000,'tree_luck_award',1,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(11,100002,102,'5 uses',NULL,1,1,0.1000,'tree_luck_award',2,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(12,100002,106,'Image model, standard',NULL,1,1,0.0100,'tree_luck_award',3,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(13,100006,101,'Random points',NULL,10000,10000,0.7900,'tree_luck_award',1,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(14,100006,102,'Membership card',NULL,100,100,0.0300,'tree_luck_award',2,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(15,100006,103,'Payment coupon',NULL,100,100,0.0300,'tree_luck_award',3,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(16,100006,104,'Desk lamp',NULL,100,100,0.0300,'tree_luck_award',4,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(17,100006,105,'A week with a car',NULL,100,100,0.0300,'tree_lock_3',5,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(18,100006,106,'Office chair',NULL,100,100,0.0300,'tree_lock_2',6,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(19,100006,107,'Games console',NULL,100,100,0.0300,'tree_lock_1',7,'2023-12-09 11:07:06','2024-02-15 07:39:19'),
(20,100006,108,'Doll',NULL,100,100,0.0300,'tree_luck_award',8,'2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `strategy_award` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `strategy_rule`
--

DROP TABLE IF EXISTS `strategy_rule`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `strategy_rule` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'number of the row',
  `strategy_id` int NOT NULL COMMENT 'strategy',
  `award_id` int DEFAULT NULL COMMENT 'award, for a rule of one',
  `rule_type` tinyint(1) NOT NULL DEFAULT '0' COMMENT '1 of a strategy, 2 of an award',
  `rule_model` varchar(16) NOT NULL COMMENT 'rule',
  `rule_value` varchar(256) NOT NULL COMMENT 'its value',
  `rule_desc` varchar(128) NOT NULL COMMENT 'for people',
  `create_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'made',
  `update_time` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'changed',
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_strategy_id_rule_model` (`strategy_id`,`rule_model`)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='strategy rule';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `strategy_rule`
--

LOCK TABLES `strategy_rule` WRITE;
/*!40000 ALTER TABLE `strategy_rule` DISABLE KEYS */;
INSERT INTO `strategy_rule` VALUES 
(1,100001,NULL,1,'rule_weight','60:102,103,104,105 200:106,107 1000:105','rule of a strategy','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(2,100001,NULL,1,'rule_blacklist','101:user001,user002,user003','rule of a strategy','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(3,100006,NULL,1,'rule_weight','10:102,103 70:106,107 1000:104,105','rule of a strategy','2023-12-09 11:07:06','2024-02-15 07:39:19'),
(4,100006,NULL,1,'rule_blacklist','101:user001,user002,user003','rule of a strategy','2023-12-09 11:07:06','2024-02-15 07:39:19');
/*!40000 ALTER TABLE `strategy_rule` ENABLE KEYS */;
UNLOCK TABLES;

/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;

-- Dump completed on 2026-11-23 12:00:00
